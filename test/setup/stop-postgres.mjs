export default async function stopPostgres() {
  await globalThis.__odometerTestPostgres?.stop();
}

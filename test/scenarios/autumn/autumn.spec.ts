import { startTestServer, type TestServer } from '../../../apps/server/src/server.fixture.js';
import { walk, type ApiScenario } from '../api-scenario.js';
import { readData } from '../read-data.js';
import { ScenarioTenant } from '../scenario-tenant.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

describe("Autumn's rules", () => {
  it.each(readData<readonly ApiScenario[]>('autumn/usage'))('$id: $title', async (scenario) => {
    await walk(await ScenarioTenant.create(server, scenario.id), scenario);
  });
});

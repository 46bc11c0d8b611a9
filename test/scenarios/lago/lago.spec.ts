import { startTestServer, type TestServer } from '../../../apps/server/src/server.fixture.js';
import { readData } from '../read-data.js';
import { ScenarioTenant } from '../scenario-tenant.js';
import type { LagoScenario } from './lago-scenario.js';
import { LagoRun } from './lago-run.js';

const TOPICS = ['current-usage', 'recurring', 'in-advance', 'periods', 'ends', 'minimums'];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

describe.each(TOPICS)("Lago's numbers: %s", (topic) => {
  it.each(readData<readonly LagoScenario[]>(`lago/${topic}`))('$id: $title', async (scenario) => {
    await new LagoRun(await ScenarioTenant.create(server, scenario.id), scenario).run();
  });
});

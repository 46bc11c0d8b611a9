import { startTestServer, type TestServer } from '../../../apps/server/src/server.fixture.js';
import { walk, type ApiScenario } from '../api-scenario.js';
import { readData } from '../read-data.js';
import { ScenarioTenant } from '../scenario-tenant.js';

const TOPICS = ['intake', 'queries', 'late-usage', 'weaknesses'];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

describe.each(TOPICS)("OpenMeter's rules: %s", (topic) => {
  it.each(readData<readonly ApiScenario[]>(`openmeter/${topic}`))(
    '$id: $title',
    async (scenario) => {
      await walk(await ScenarioTenant.create(server, scenario.id), scenario);
    },
  );
});

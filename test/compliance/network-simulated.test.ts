import type { DeviceId } from '../../protocol/ids.ts';
import { Life } from '../simulator/life.ts';
import { Internet } from '../simulator/network/internet.ts';
import { SimulatedNetwork } from '../simulator/network/simulated-network.ts';
import { Schedule } from '../simulator/schedule.ts';
import { networkCompliance } from './network.ts';

const PATIENCE_MS = 600_000;

networkCompliance('simulated', () => {
  const schedule = new Schedule(1);
  const internet = new Internet<SimulatedNetwork>(schedule);
  const lives: Life[] = [];
  const device = (number: number): DeviceId => `${number}`.padStart(64, '0') as DeviceId;
  return {
    create: (number) => {
      const life = new Life(schedule, `device ${number}`);
      lives.push(life);
      return new SimulatedNetwork(internet, life, device(number), internet.freshAddress());
    },
    device,
    deadAddress: '/ip4/127.0.0.1/tcp/9',
    bulkBytes: 40_000_000,
    during: (promise) => schedule.during(promise, PATIENCE_MS),
    until: async (condition) => {
      if (!(await schedule.until(condition, PATIENCE_MS))) throw new Error('it never came to that');
    },
    cleanUp: async () => {
      for (const life of lives) life.end();
      await Promise.resolve();
    },
  };
});

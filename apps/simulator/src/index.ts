export type { AccountErrorState, AccountPatch, AccountSetting } from './accounts.js';
export type { Bill, CallbackCounts } from './bill.js';
export {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
  sandboxAccounts,
} from './create-simulator.js';
export { type Dials, type DialsPatch, dialsSchema } from './dials.js';
export { type Sample, type SampleTryOn, sampleCatalogue, sampleTryOns } from './pictures/sample-catalogue.js';
export type { Idle } from './steer-simulator.js';

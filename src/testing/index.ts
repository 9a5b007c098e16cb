/**
 * What the author of an adapter tests it with: `koine/adapter/testing`. It needs no test framework.
 */
export {
  adapterContract,
  type ContractSubject,
  type ContractTest,
  type ContractWorld,
} from "./adapter-contract.ts";
export { AdapterTrial, type TrialOptions } from "./adapter-trial.ts";

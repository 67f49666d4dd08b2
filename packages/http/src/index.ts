// What the HTTP servers of ingest and board share.
export { listen } from "@inventory-sync/runtime";
export {
  type Answer,
  type Operation,
  openApiDocument,
  type Parameter,
  pathParameters,
  type Schema,
  schemaRef,
} from "./openapi.ts";
export {
  FAULTS_MAX,
  type Fault,
  HttpProblem,
  type ProblemExtras,
  problemText,
  sendProblem,
} from "./problem.ts";
export { drain, type OddRequest, refuseOddRequests } from "./server.ts";

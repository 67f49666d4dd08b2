// What the HTTP servers of ingest and board share.
export { type OddRequest, refuseOddRequests } from "./odd-requests.ts";
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
export { drain, listen } from "./server.ts";

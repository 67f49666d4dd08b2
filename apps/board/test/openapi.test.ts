// The OpenAPI document against the routes and their real answers.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { endpoints } from "../src/routes.ts";
import { apply, sale, startTestBoard, type TestBoard } from "./support.ts";

describe("the OpenAPI document", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
    await apply(board.database, sale("e1", "S001", "A", 1));
  });
  afterAll(() => board.stop());

  it("documents every route, and nothing that is not there", async () => {
    const document = (await board.json("/openapi.json")).body;
    expect(document.openapi).toBe("3.1.0");
    const documented = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.sort()).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`).sort());
    const wanted = [
      ...[
        "get /",
        "get /api/facilities",
        "get /api/facilities/{facilityId}/inventory",
        "post /api/resets",
        "get /api/resets",
      ],
      ...[
        "get /api/facilities/{facilityId}/inventory/{idType}/{idValue}",
        "get /api/facilities/{facilityId}/events/{eventId}",
      ],
      ...[
        "get /api/facilities/{facilityId}/inventory/{idType}/{idValue}/ledger",
        "get /api/resets/{id}",
        "post /api/jobs/retry",
      ],
      ...[
        "get /api/resets/{id}/rejects.csv",
        "get /api/resets/{id}/variances.csv",
        "get /api/jobs/failed",
        "post /api/resets/{id}/revert",
        "post /api/resets/{id}/repair",
      ],
      ...["approve", "reject", "revert"].map((act) => `post /api/resets/{id}/facilities/{facilityId}/${act}`),
      ...["get /api/alarms", "get /api/audit", "get /resets/{id}"],
      ...["get /healthz", "get /readyz", "get /metrics", "get /openapi.json"],
    ];
    expect(documented).toEqual(expect.arrayContaining(wanted));
  });

  it("describes the answers as they are", async () => {
    const samples: Record<string, string> = {
      "/api/facilities": "/api/facilities",
      "/api/facilities/{facilityId}/inventory": "/api/facilities/S001/inventory",
      "/api/facilities/{facilityId}/inventory/{idType}/{idValue}": "/api/facilities/S001/inventory/SKU/A",
      "/api/facilities/{facilityId}/inventory/{idType}/{idValue}/ledger": "/api/facilities/S001/inventory/SKU/A/ledger",
      "/api/facilities/{facilityId}/inventory/{idType}/{idValue}/explain":
        "/api/facilities/S001/inventory/SKU/A/explain",
      "/api/facilities/{facilityId}/events/{eventId}": "/api/facilities/S001/events/e1",
      "/api/find": "/api/find?q=e1",
      "/api/alarms": "/api/alarms",
      "/api/audit": "/api/audit",
      "/api/requests": "/api/requests",
      "/api/requests/clients": "/api/requests/clients",
      "/api/resets": "/api/resets",
      "/api/jobs/failed": "/api/jobs/failed?groupBy=error",
      "/readyz": "/readyz",
    };
    for (const [path, sample] of Object.entries(samples)) {
      const schema = endpoints.find((endpoint) => endpoint.method === "get" && endpoint.path === path)?.answers[200]
        ?.schema;
      const result = schema?.safeParse((await board.json(sample)).body);
      expect([path, result?.error && z.prettifyError(result.error)]).toEqual([path, undefined]);
    }
  });

  it("stands beside numbers of the queues that Prometheus can read", async () => {
    const text = await (await board.call("/metrics")).text();
    expect(text).toMatch(/inventory_queue_jobs\{queue="events",state="waiting",app="board"\} 0/);
    expect(text).toContain("process_cpu_user_seconds_total");
  });
});

// BullMQ's worker fetches one job after the other, and hands out none of them before it has as many as it may have or the queue is empty. This
// one hands out what it has fetched after a while, so that no job waits for those that are fetched after it. On Redis
// only: on PostgreSQL it keeps the sales of other facilities waiting beside those of a locked one (docs/adr/0011-backlogs-behind-live-sales.md).
import { type JobJson, Worker } from "bullmq";

/** For so long a job that was fetched may wait for further ones, ms. A batch of events waits as long for its first companions. */
const HAND_OUT_MS_MAX = 5;

/** BullMQ's worker, whose jobs are worked on soon after they were fetched, however many more there are. */
export class PromptWorker extends Worker {
  private limit = super.concurrency;
  private isHandingOut = false;
  /** Fetched and not handed out. */
  private held = 0;
  private since = 0;

  override get concurrency(): number {
    return this.limit;
  }

  override set concurrency(jobs: number) {
    this.limit = jobs;
    if (!this.isHandingOut) super.concurrency = jobs;
  }

  /** Where BullMQ has fetched a job, or found none. */
  protected override async nextJobFromJobData(...of: [jobData?: JobJson, jobId?: string, token?: string]) {
    const job = await super.nextJobFromJobData(...of);
    if (job !== undefined) this.holdOneMore();
    return job;
  }

  /** Where BullMQ hands out a job. */
  override processJob(...of: Parameters<Worker["processJob"]>) {
    this.held -= 1;
    if (this.held === 0 && this.isHandingOut) {
      this.isHandingOut = false;
      super.concurrency = this.limit;
    }
    return super.processJob(...of);
  }

  private holdOneMore(): void {
    const now = performance.now();
    if (this.held === 0) this.since = now;
    this.held += 1;
    if (this.isHandingOut || now - this.since < HAND_OUT_MS_MAX) return;
    this.isHandingOut = true;
    // With as many as it may have it fetches no more, and hands out.
    super.concurrency = 1;
  }
}

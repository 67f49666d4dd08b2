-- Who did what to which job and reset: an audit log that is only ever added to.

-- CreateTable
CREATE TABLE "operator_action" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "who" TEXT NOT NULL,
    "role" TEXT,
    "by" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "outcome" TEXT,
    "address" TEXT,
    "begun_id" BIGINT,

    CONSTRAINT "operator_action_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "operator_action_ended" ON "operator_action"("begun_id");

-- CreateIndex
CREATE INDEX "facility_reset_undecided" ON "facility_reset"("facility_id", "reset_id") WHERE (state in ('held', 'failed'));


-- Beyond Prisma

-- The end of an action says how it ended.
ALTER TABLE "operator_action" ADD CONSTRAINT "operator_action_end_has_outcome"
  CHECK ("begun_id" IS NULL OR "outcome" IS NOT NULL);

-- The engine splits a migration at every semicolon, so the one that PL/pgSQL cannot do without is written as \x3b.
CREATE FUNCTION "refuse_change_of_audit"() RETURNS trigger LANGUAGE plpgsql AS
  E'begin raise exception ''the audit log operator_action is append-only: % is refused'', tg_op using errcode = ''insufficient_privilege''\x3b end';

CREATE TRIGGER "operator_action_is_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "operator_action"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_audit"();

-- DropIndex
DROP INDEX "try_on_startable_idx";

-- AlterTable
ALTER TABLE "try_on" ADD COLUMN     "flow" TEXT NOT NULL DEFAULT '';

-- What makes a flow of the jobs that are there, as insert-try-ons.ts does of new ones.
UPDATE "try_on" SET "flow" = concat_ws(' ', "batch_id", 'max ' || "max_jobs")
  WHERE "batch_id" IS NOT NULL OR "max_jobs" IS NOT NULL;

-- CreateTable
CREATE TABLE "turn" (
    "lane" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "flow" TEXT NOT NULL,
    "served" BIGSERIAL NOT NULL,

    CONSTRAINT "turn_pkey" PRIMARY KEY ("lane","client","flow")
);

-- CreateIndex
CREATE INDEX "try_on_waiting_idx" ON "try_on"("lane", "priority", "client", "flow", "id", "due_at") WHERE (status = 'queued' AND carried_at IS NULL);

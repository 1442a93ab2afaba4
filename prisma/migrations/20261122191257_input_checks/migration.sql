-- DropIndex
DROP INDEX "try_on_waiting_idx";

-- AlterTable
ALTER TABLE "try_on" ADD COLUMN     "inputs_checked" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "input_check" (
    "key" TEXT NOT NULL,
    "result" TEXT,
    "reason" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "checked_at" TIMESTAMPTZ,
    "look_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "input_check_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "input_check_look_at_idx" ON "input_check"("look_at");

-- CreateIndex
CREATE INDEX "try_on_waiting_idx" ON "try_on"("lane", "inputs_checked", "priority", "client", "flow", "id", "due_at") WHERE (status = 'queued' AND carried_at IS NULL);

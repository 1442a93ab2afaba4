-- AlterTable
ALTER TABLE "try_on" ADD COLUMN     "batch_line" INTEGER;

-- CreateTable
CREATE TABLE "batch" (
    "id" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "format" TEXT NOT NULL,
    "options" TEXT NOT NULL,
    "columns" JSONB,
    "delimiter" TEXT,
    "state" TEXT NOT NULL,
    "state_since" TIMESTAMPTZ NOT NULL,
    "pause_reason" TEXT,
    "pause_detail" TEXT,
    "paused_by" TEXT,
    "pilot" INTEGER,
    "pilot_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "piloting" BOOLEAN NOT NULL DEFAULT false,
    "failure_ratio" DOUBLE PRECISION,
    "failures_after" INTEGER,
    "guard_ended" INTEGER NOT NULL DEFAULT 0,
    "guard_failed" INTEGER NOT NULL DEFAULT 0,
    "max_images" INTEGER,
    "priority" SMALLINT NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "total" INTEGER NOT NULL DEFAULT 0,
    "images" INTEGER NOT NULL DEFAULT 0,
    "invalid" INTEGER NOT NULL DEFAULT 0,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "canceled" INTEGER NOT NULL DEFAULT 0,
    "failures" JSONB NOT NULL DEFAULT '{}',
    "images_billed" INTEGER NOT NULL DEFAULT 0,
    "pace" DOUBLE PRECISION,
    "paced_at" TIMESTAMPTZ,
    "upload_token" TEXT,
    "upload_until" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_chunk" (
    "batch_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "first_line" INTEGER NOT NULL,
    "lines" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "batch_chunk_pkey" PRIMARY KEY ("batch_id","number")
);

-- CreateTable
CREATE TABLE "batch_invalid_line" (
    "batch_id" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "issues" JSONB NOT NULL,
    "cells" JSONB,

    CONSTRAINT "batch_invalid_line_pkey" PRIMARY KEY ("batch_id","line")
);

-- CreateTable
CREATE TABLE "batch_delta" (
    "id" BIGSERIAL NOT NULL,
    "batch_id" TEXT NOT NULL,
    "try_on_id" TEXT NOT NULL,
    "was" TEXT,
    "was_code" TEXT,
    "ended" TEXT,
    "code" TEXT,
    "images_billed" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "batch_delta_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_result" (
    "try_on_id" TEXT NOT NULL,
    "batch_id" TEXT NOT NULL,
    "position" BIGSERIAL NOT NULL,

    CONSTRAINT "batch_result_pkey" PRIMARY KEY ("try_on_id")
);

-- CreateIndex
CREATE INDEX "batch_client_id_idx" ON "batch"("client", "id");

-- CreateIndex
CREATE INDEX "batch_open_idx" ON "batch"("state", "id") WHERE (state <> 'finished' AND state <> 'canceled');

-- CreateIndex
CREATE UNIQUE INDEX "batch_client_idempotency_key_key" ON "batch"("client", "idempotency_key");

-- CreateIndex
CREATE INDEX "batch_delta_batch_id_idx" ON "batch_delta"("batch_id");

-- CreateIndex
CREATE UNIQUE INDEX "batch_result_batch_id_position_key" ON "batch_result"("batch_id", "position");


-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "lease" (
    "name" TEXT NOT NULL,
    "until" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "provider" (
    "id" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "down_since" TIMESTAMPTZ,
    "down_until" TIMESTAMPTZ,
    "reason" TEXT,
    "asked_at" TIMESTAMPTZ,

    CONSTRAINT "provider_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "email" TEXT NOT NULL,
    "configured" BOOLEAN NOT NULL DEFAULT true,
    "max_jobs" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'active',
    "paused_reason" TEXT,
    "paused_since" TIMESTAMPTZ,
    "paused_until" TIMESTAMPTZ,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "rest_until" TIMESTAMPTZ,
    "busy_streak" INTEGER NOT NULL DEFAULT 0,
    "shrunk_by" INTEGER NOT NULL DEFAULT 0,
    "shrunk_until" TIMESTAMPTZ,
    "foreign_open" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("email")
);

-- CreateTable
CREATE TABLE "try_on" (
    "id" TEXT NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "client" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "idempotency_endpoint" TEXT,
    "idempotency_key" TEXT,
    "fingerprint" TEXT,
    "custom_id" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "human_image" TEXT NOT NULL,
    "dress_input" TEXT,
    "upper_input" TEXT,
    "lower_input" TEXT,
    "image_count" INTEGER NOT NULL,
    "email" TEXT,
    "max_jobs" INTEGER,
    "reply_url" TEXT,
    "reply_ref" TEXT,
    "batch_id" TEXT,
    "priority" SMALLINT NOT NULL,
    "lane" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_since" TIMESTAMPTZ NOT NULL,
    "due_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "current_attempt_id" TEXT,
    "error" JSONB,
    "version" INTEGER NOT NULL DEFAULT 1,
    "carry" INTEGER NOT NULL DEFAULT 0,
    "carried_at" TIMESTAMPTZ,
    "submitted_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "try_on_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "id" TEXT NOT NULL,
    "try_on_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "reply_ref" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "state_since" TIMESTAMPTZ NOT NULL,
    "provider_task_id" TEXT,
    "provisional" BOOLEAN NOT NULL DEFAULT false,
    "image_count" INTEGER NOT NULL,
    "images_billed" INTEGER,
    "images" JSONB NOT NULL DEFAULT '[]',
    "failure" JSONB,
    "exchange" JSONB,
    "sent_at" TIMESTAMPTZ NOT NULL,
    "answered_at" TIMESTAMPTZ,
    "deadline_at" TIMESTAMPTZ NOT NULL,
    "next_check_at" TIMESTAMPTZ,
    "checks" INTEGER NOT NULL DEFAULT 0,
    "listed_at" TIMESTAMPTZ,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "callback" (
    "id" TEXT NOT NULL,
    "reply_ref" TEXT NOT NULL,
    "attempt_id" TEXT,
    "try_on_id" TEXT,
    "decision" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "headers" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "repeats" INTEGER NOT NULL DEFAULT 0,
    "received_at" TIMESTAMPTZ NOT NULL,
    "last_received_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "callback_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "try_on_id" TEXT NOT NULL,
    "attempt_id" TEXT,
    "kind" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "try_on_number_key" ON "try_on"("number");

-- CreateIndex
CREATE INDEX "try_on_client_id_idx" ON "try_on"("client", "id");

-- CreateIndex
CREATE INDEX "try_on_client_custom_id_id_idx" ON "try_on"("client", "custom_id", "id") WHERE (custom_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "try_on_client_reply_ref_id_idx" ON "try_on"("client", "reply_ref", "id") WHERE (reply_ref IS NOT NULL);

-- CreateIndex
CREATE INDEX "try_on_batch_id_id_idx" ON "try_on"("batch_id", "id") WHERE (batch_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "try_on_startable_idx" ON "try_on"("lane", "priority", "id") WHERE (status = 'queued' AND carried_at IS NULL);

-- CreateIndex
CREATE INDEX "try_on_carried_idx" ON "try_on"("lane", "carried_at") WHERE (status = 'queued' AND carried_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "try_on_expiring_idx" ON "try_on"("expires_at") WHERE (status = 'queued' AND expires_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "try_on_status_id_idx" ON "try_on"("status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "try_on_client_idempotency_endpoint_idempotency_key_key" ON "try_on"("client", "idempotency_endpoint", "idempotency_key");

-- CreateIndex
CREATE UNIQUE INDEX "attempt_reply_ref_key" ON "attempt"("reply_ref");

-- CreateIndex
CREATE INDEX "attempt_open_idx" ON "attempt"("account", "state") WHERE (state = ANY (ARRAY['sending'::text, 'accepted'::text, 'unknown'::text]));

-- CreateIndex
CREATE INDEX "attempt_check_idx" ON "attempt"("next_check_at") WHERE (next_check_at IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "attempt_task_key" ON "attempt"("account", "provider_task_id") WHERE (provider_task_id IS NOT NULL AND NOT provisional);

-- CreateIndex
CREATE UNIQUE INDEX "attempt_try_on_id_number_key" ON "attempt"("try_on_id", "number");

-- CreateIndex
CREATE INDEX "callback_try_on_id_idx" ON "callback"("try_on_id") WHERE (try_on_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "callback_orphan_idx" ON "callback"("received_at") WHERE (decision = 'orphan');

-- CreateIndex
CREATE UNIQUE INDEX "callback_reply_ref_content_hash_key" ON "callback"("reply_ref", "content_hash");

-- CreateIndex
CREATE INDEX "event_try_on_id_id_idx" ON "event"("try_on_id", "id");

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_try_on_id_fkey" FOREIGN KEY ("try_on_id") REFERENCES "try_on"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_try_on_id_fkey" FOREIGN KEY ("try_on_id") REFERENCES "try_on"("id") ON DELETE CASCADE ON UPDATE CASCADE;

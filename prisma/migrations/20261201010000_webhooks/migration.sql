-- CreateTable
CREATE TABLE "webhook_endpoint" (
    "id" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "fingerprint" TEXT,
    "admin" BOOLEAN NOT NULL DEFAULT false,
    "all_clients" BOOLEAN NOT NULL DEFAULT false,
    "url" TEXT NOT NULL,
    "types" TEXT[],
    "description" TEXT,
    "state" TEXT NOT NULL DEFAULT 'enabled',
    "state_reason" TEXT,
    "state_since" TIMESTAMPTZ NOT NULL,
    "secret" TEXT NOT NULL,
    "previous_secret" TEXT,
    "previous_until" TIMESTAMPTZ,
    "failing_since" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "webhook_endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "endpoint_id" TEXT,
    "client" TEXT,
    "event_position" BIGINT,
    "event_id" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "try_on_id" TEXT,
    "text" TEXT,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ NOT NULL,
    "carry" INTEGER NOT NULL DEFAULT 0,
    "carried_at" TIMESTAMPTZ,
    "sending_until" TIMESTAMPTZ,
    "last_attempt_at" TIMESTAMPTZ,
    "last_status" INTEGER,
    "last_error" TEXT,
    "last_response" TEXT,
    "delivered_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhook_endpoint_client_id_idx" ON "webhook_endpoint"("client", "id");

-- CreateIndex
CREATE INDEX "webhook_endpoint_enabled_idx" ON "webhook_endpoint"("client") WHERE (state = 'enabled');

-- CreateIndex
CREATE INDEX "webhook_endpoint_admin_idx" ON "webhook_endpoint"("all_clients") WHERE (admin AND state = 'enabled');

-- CreateIndex
CREATE UNIQUE INDEX "webhook_endpoint_client_idempotency_key_key" ON "webhook_endpoint"("client", "idempotency_key");

-- CreateIndex
CREATE INDEX "delivery_waiting_idx" ON "delivery"("target", "due_at", "id") WHERE (state = 'pending' AND carried_at IS NULL);

-- CreateIndex
CREATE INDEX "delivery_carried_idx" ON "delivery"("target", "carried_at") WHERE (state = 'pending' AND carried_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "delivery_endpoint_id_id_idx" ON "delivery"("endpoint_id", "id") WHERE (endpoint_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "delivery_client_id_idx" ON "delivery"("client", "id");

-- CreateIndex
CREATE INDEX "delivery_try_on_id_id_idx" ON "delivery"("try_on_id", "id") WHERE (try_on_id IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "delivery_event_key" ON "delivery"("endpoint_id", "event_position") WHERE (kind = 'endpoint');

-- CreateIndex
CREATE INDEX "published_event_at_idx" ON "published_event" USING BRIN ("at");

-- A delivery is claimed where it stands, beside its former version.
ALTER TABLE "delivery" SET (fillfactor = 80);

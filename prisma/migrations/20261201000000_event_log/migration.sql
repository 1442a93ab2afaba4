-- CreateTable
CREATE TABLE "event_outbox" (
    "id" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "client" TEXT,
    "try_on_id" TEXT,
    "batch_id" TEXT,
    "account" TEXT,
    "actor" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "event_outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "published_event" (
    "position" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "client" TEXT,
    "try_on_id" TEXT,
    "batch_id" TEXT,
    "account" TEXT,
    "actor" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "published_event_pkey" PRIMARY KEY ("position")
);

-- CreateIndex
CREATE INDEX "published_event_client_position_idx" ON "published_event"("client", "position");

-- AlterTable
ALTER TABLE "account" ADD COLUMN "foreign_until" TIMESTAMPTZ,
ADD COLUMN "missing_since" TIMESTAMPTZ,
ADD COLUMN "removed" BOOLEAN NOT NULL DEFAULT false;

-- Until now an account that was not configured was removed.
UPDATE "account" SET "removed" = true, "missing_since" = "updated_at" WHERE NOT "configured";

-- AlterTable
ALTER TABLE "provider" DROP COLUMN "asked_at";

-- DropForeignKey
ALTER TABLE "event" DROP CONSTRAINT "event_try_on_id_fkey";

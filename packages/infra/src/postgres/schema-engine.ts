import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { poolConfig } from './pool-config.js';

/** What we use of Prisma's schema engine. */
export interface SchemaEngine {
  applyMigrations(input: unknown): Promise<{ appliedMigrationNames: string[] }>;
  diff(input: unknown): Promise<{ stdout: string | null }>;
  free(): void;
}

export const SCHEMA_FILTERS = { externalTables: [], externalEnums: [] };

/**
 * Prisma's own schema engine as WebAssembly, on a pooled connection whose search path is the schema
 * `catwalk`: nothing is downloaded and no native binary is needed.
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  datamodel: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loading ??= loadWasm();
  const glue = await loading;
  const pool = new CatalogPool({
    ...poolConfig(databaseUrl, 2),
    // By a statement: poolers refuse `options` among the parameters of a connection.
    onConnect: async (client) => {
      await client.query('SET search_path = catwalk');
    },
  });
  const adapter = bindMigrationAwareSqlAdapterFactory(catalogAdapter(pool));
  const engine = await glue.SchemaEngine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => undefined,
    adapter,
  );
  try {
    return await use(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}

const CHAR_OID = 18;
const UUID_OID = 2950;

/**
 * The engine reads catalogue columns of type "char", which the driver adapter does not know. They pass it as
 * uuid, a type that no catalogue column has, and reach the engine as the character they are.
 */
class CatalogPool extends pg.Pool {
  override query = ((...args: unknown[]) => {
    const answer: unknown = (pg.Pool.prototype.query as (...args: unknown[]) => unknown).apply(this, args);
    return answer instanceof Promise ? answer.then(disguiseChar) : answer;
  }) as pg.Pool['query'];
}

function disguiseChar(result: unknown): unknown {
  const { fields } = result as { fields?: { dataTypeID: number }[] };
  for (const field of fields ?? []) if (field.dataTypeID === CHAR_OID) field.dataTypeID = UUID_OID;
  return result;
}

/**
 * The adapter's own way sends a script statement by statement, so that a kill leaves half of it. One message is
 * one transaction, and it also holds the mark: a migration without its mark has changed nothing.
 */
async function runWhole(pool: pg.Pool, script: string): Promise<void> {
  const mark = `UPDATE catwalk._prisma_migrations SET finished_at = clock_timestamp()
    WHERE finished_at IS NULL AND rolled_back_at IS NULL`;
  await pool.query(`${script};\n${mark}`).catch((error: unknown) => {
    throw error instanceof pg.DatabaseError ? toAdapterError(error) : error;
  });
}

/** The form in which the engine passes an error of the server on. It drops the code, so the text carries that. */
function toAdapterError(error: pg.DatabaseError): DriverAdapterError {
  const { code = '', severity = '', detail, column, hint } = error;
  const message = `${error.message} [${code}]`;
  return new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint });
}

/** The adapter's factory, whose adapters undo the disguise and run a script whole. */
function catalogAdapter(pool: pg.Pool): PrismaPg {
  const factory = new PrismaPg(pool, { schema: 'catwalk' });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = (script) => runWhole(pool, script);
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const isUuid = (type: number) => type === ColumnTypeEnum.Uuid;
      return {
        ...result,
        columnTypes: result.columnTypes.map((type) => (isUuid(type) ? ColumnTypeEnum.Character : type)),
      };
    };
    return adapter;
  };
  return factory;
}

/** The glue keeps one instance for the whole process: a second one would pull it from under the first. */
let loading: Promise<WasmGlue> | undefined;

interface WasmGlue {
  readonly SchemaEngine: {
    new: (options: unknown, log: () => void, adapter: unknown) => Promise<SchemaEngine>;
  };
  __wbg_set_wasm(exports: unknown): void;
}

/** Node cannot import a .wasm file without a flag, so its glue and the module are joined by hand. */
async function loadWasm(): Promise<WasmGlue> {
  const require = createRequire(import.meta.url);
  const gluePath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg' as string)) as WasmGlue;
  const bytes = await readFile(gluePath.replace(/\.js$/, '.wasm'));
  const runtime = globalThis as unknown as WasmRuntime;
  runtime.PRISMA_WASM_PANIC_REGISTRY = { set_message: () => undefined };
  const { instance } = await runtime.WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue;
}

/** The globals the engine's glue needs; a panic still rejects the call that met it. */
interface WasmRuntime {
  PRISMA_WASM_PANIC_REGISTRY: { set_message(message: string): void };
  readonly WebAssembly: {
    instantiate(
      bytes: Uint8Array,
      imports: Record<string, unknown>,
    ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
  };
}

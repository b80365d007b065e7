// Apart from the builder, so that asking for a schema does not bring Arquero along.

import type { TableSchema } from "./schema.js";

const schemas = new WeakMap<object, TableSchema>();

/** Remembers the schema that a table was built with. */
export function keepSchema(built: object, schema: TableSchema): void {
  schemas.set(built, schema);
}

/** The schema a table was built with; undefined for tables made by Arquero verbs. */
export function schemaOf(built: object): TableSchema | undefined {
  return schemas.get(built);
}

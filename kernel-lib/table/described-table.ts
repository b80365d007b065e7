import { ColumnTable } from "arquero";
import { copySchema, shareSchema } from "./schema-of.js";

type CreateOptions = Parameters<ColumnTable["create"]>[0];

/**
 * An Arquero table whose columns keep their meaning and unit through the verbs. Every verb makes its result with `create`
 * of the table it works on, over the columns it does not touch, but for `reify`, which copies the cells.
 */
export class DescribedTable extends ColumnTable {
  override create(options?: CreateOptions): this {
    const made = super.create(options);
    shareSchema(this, made);
    return made;
  }

  override reify(indices?: number[]): this {
    const made = super.reify(indices);
    copySchema(this, made);
    return made;
  }
}

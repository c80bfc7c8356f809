/** Priced rows as they arrive: told apart, counted, and what is said of them gathered. */

/** Tells records of CSV apart in text that comes in pieces (RFC 4180). */
export class Records {
  #cell = "";
  #cells = [];
  #quoted = false;
  #closing = false;

  /** Return the records that a piece completes, each as its cells. */
  take(text) {
    const records = [];
    for (const letter of text) {
      if (this.#closing) {
        this.#closing = false;
        if (letter === '"') {
          this.#cell += '"';
          continue;
        }
        this.#quoted = false;
      }
      if (this.#quoted) {
        if (letter === '"') this.#closing = true;
        else this.#cell += letter;
      } else if (letter === '"') this.#quoted = true;
      else if (letter === ",") this.#endCell();
      else if (letter === "\n") records.push(this.#endRecord());
      else if (letter !== "\r") this.#cell += letter;
    }
    return records;
  }

  /** Return the last record, if no line end has completed it. */
  rest() {
    return this.#cell || this.#cells.length ? [this.#endRecord()] : [];
  }

  #endCell() {
    this.#cells.push(this.#cell);
    this.#cell = "";
  }

  #endRecord() {
    this.#endCell();
    const record = this.#cells;
    this.#cells = [];
    this.#quoted = this.#closing = false;
    return record;
  }
}

/** What is said of priced rows: how many have a price, and remarks of one kind together. */
export class Summary {
  constructor() {
    this.rows = 0;
    this.priced = 0;
    this.refusals = new Map();
    this.remarks = new Map();
    this.columns = null;
  }

  add(records) {
    for (const record of records) {
      if (!this.columns) this.columns = record;
      else this.#addRow(Object.fromEntries(this.columns.map((name, at) => [name, record[at]])));
    }
  }

  #addRow({ id, typical_price: price, note = "" }) {
    this.rows += 1;
    if (price) this.priced += 1;
    const kinds = price ? this.remarks : this.refusals;
    for (const kind of new Set(kindsOf(note.replace(/^not priced: /, "")))) {
      const known = kinds.get(kind) ?? { rows: 0, example: id };
      known.rows += 1;
      kinds.set(kind, known);
    }
  }
}

/** The remarks of a note, without the values that make each row's its own. */
export function kindsOf(note) {
  return note
    .replace(/'[^']*'|"[^"]*"/g, "…")
    .replace(/\d{4}-\d\d-\d\d|-?\d+(\.\d+)?/g, "…")
    .replace(/; known: .*/, "")
    .split("; ")
    .filter(Boolean);
}

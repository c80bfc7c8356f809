// A table that is sorted by its headings and shows its first rows at once, the others when asked.

const ROWS = 100;

/**
 * @param caption For screen readers.
 * @param columns Each with key, label, hint (the whole name), above (a word over the label),
 *   value(row) to be sorted by, or values(row) where there may be several, cell(row) for what is
 *   shown, and number, whether it stands on the right.
 * @param rows Any objects.
 * @param order {key, descending}, which is changed when somebody sorts; or null: as they come.
 */
function table({ caption, columns, rows, order, onsort }) {
  let shown = ROWS;
  const body = el("tbody");
  const more = el("p", { class: "more" });
  const all = (column, row) => (column.values ? column.values(row) : [column.value(row)]).filter((each) => each !== undefined);
  const sorted = () => {
    const by = order && columns.find(({ key }) => key === order.key);
    if (!by) return rows;
    const best = (values) => values.reduce((one, other) => ((compared(one, other) <= 0) === order.descending ? other : one));
    const having = rows.map((row) => [all(by, row), row]);
    const told = having.filter(([values]) => values.length).map(([values, row]) => [best(values), row]);
    told.sort(([one], [other]) => (order.descending ? compared(other, one) : compared(one, other)));
    return [...told.map(([, row]) => row), ...having.filter(([values]) => !values.length).map(([, row]) => row)];
  };
  let inOrder = sorted();

  const line = (row) => el("tr", {}, columns.map((column, at) => {
    const content = column.cell ? column.cell(row) : toldValues(distinct(all(column, row)));
    const title = typeof content === "string" && content.length > 28 ? content : undefined;
    const text = typeof content === "string" ? shortened(content, 60) : content;
    return at === 0
      ? el("th", { scope: "row", title }, text)
      : el("td", { class: column.number ? "number" : undefined, title }, text);
  }));
  const draw = () => {
    body.replaceChildren(...inOrder.slice(0, shown).map(line));
    const left = inOrder.length - shown;
    more.replaceChildren(...(left > 0 ? [
      el("span", {}, `${shown.toLocaleString("en")} of ${inOrder.length.toLocaleString("en")} rows. `),
      el("button", { type: "button", onclick: () => {
        const first = shown;
        shown += 5 * ROWS;
        draw();
        body.children[first].querySelector("a, button")?.focus();
      } }, `Show ${Math.min(left, 5 * ROWS).toLocaleString("en")} more`),
    ] : []));
  };

  const heads = columns.map((column) => {
    const head = el("th", { scope: "col", class: column.number ? "number" : undefined, title: column.hint });
    const text = [column.above ? el("span", { class: "above" }, column.above) : null, shortened(column.label, 28)];
    if (!order || column.fixed) return filled(head, {}, [el("span", { class: "head" }, text)]);
    head.append(el("button", { type: "button", class: "head", onclick: () => {
      const first = column.descending ?? false;
      const again = order.key === column.key;
      order.descending = again ? !order.descending : first;
      order.key = column.key;
      inOrder = sorted();
      mark();
      draw();
      say(`Sorted by ${column.label}, ${order.descending ? "descending" : "ascending"}.`);
      onsort?.();
    } }, text, el("span", { class: "arrow", "aria-hidden": "true" })));
    return head;
  });
  const mark = () => heads.forEach((head, at) => {
    if (order && order.key === columns[at].key) head.setAttribute("aria-sort", order.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  mark();
  draw();
  const made = el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, heads)), body);
  return el("div", { class: "tabled" },
    el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": caption }, made), more);
}

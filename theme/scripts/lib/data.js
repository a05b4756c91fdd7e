// The search data (plugins/events/search.py): files of columns, each loaded once and only when a question needs it.

export function collection(root, parts) {
  const loaded = new Map();
  const events = new Map();
  const arrived = new Set();

  function load(part) {
    if (!loaded.has(part.href)) {
      const loading = fetch(`${root}/${part.href}`)
        .then((answer) => {
          if (!answer.ok) throw new Error(`${part.href}: ${answer.status}`);
          return answer.json();
        })
        .then((data) => {
          arrived.add(part.href);
          for (const event of rows(data)) if (!events.has(event.id)) events.set(event.id, event);
        });
      loading.catch(() => loaded.delete(part.href));
      loaded.set(part.href, loading);
    }
    return loaded.get(part.href);
  }

  return { parts, events, load, has: (part) => arrived.has(part.href) };
}

// Columns with numbers into dictionaries (plugins/events/search.py) become one object for each event.
function rows(data) {
  const { columns } = data;
  const entry = (list, index) => (index < 0 ? "" : list[index][0]);
  const said = (list, indexes) => indexes.flatMap((index) => list[index].slice(1));
  return columns.id.map((id, row) => ({
    id,
    title: columns.title[row],
    acronym: columns.acronym[row],
    summary: columns.summary[row],
    language: data.languages[columns.language[row]],
    dates: columns.dates[row],
    start: columns.start[row],
    end: columns.end[row],
    first: columns.first[row],
    begins: columns.begins[row],
    timed: columns.timed[row],
    until: columns.until[row],
    place: data.places[columns.place[row]],
    topic: columns.topics[row].map((index) => entry(data.topics, index)),
    organizer: columns.organizers[row].map((index) => entry(data.organizers, index)),
    state: [entry(data.states, columns.state[row])],
    format: [entry(data.formats, columns.format[row])],
    kind: [entry(data.kinds, columns.kind[row])],
    audience: columns.audiences[row].map((index) => entry(data.audiences, index)),
    eligibility: [data.eligibilities[columns.eligibility[row]]],
    accessibility: columns.features[row].length ? columns.features[row].map((index) => data.features[index]) : ["not-stated"],
    earns: columns.earns[row],
    kindWords: data.kinds[columns.kind[row]][1],
    status: data.statuses[columns.status[row]],
    cost: data.costs[columns.cost[row]],
    free: columns.free[row],
    price: columns.price[row],
    pays: columns.pays[row],
    credits: columns.earns[row].map(([type]) => type),
    creditWords: columns.credits[row],
    announced: columns.announced[row],
    deadlines: columns.deadlines[row],
    // What is searched beside title, acronym and summary, with every synonym of the registries.
    topics: said(data.topics, columns.topics[row]).join(" "),
    organizers: said(data.organizers, columns.organizers[row]).join(" "),
    around: [
      data.places[columns.place[row]],
      columns.state[row] < 0 ? "" : data.states[columns.state[row]][1],
      data.kinds[columns.kind[row]][1],
      columns.words[row],
    ].join(" "),
  }));
}

// The computation: forward and backward as the engine does them, contributions, paths, small changes.

/** The program as Python wrote it, with its numbers as numbers, and the places where each Value is used. */
export function decoded(program) {
  const values = program.values.map((value) => ({
    parents: [],
    operation: null,
    ...value,
    data: Number(value.data),
    locals: (value.locals ?? []).map(Number),
  }));
  const operations = Object.fromEntries(
    Object.entries(program.operations).map(([key, operation]) => [
      key,
      { ...operation, static: (operation.static ?? []).map(Number) },
    ]),
  );
  // In the order in which the engine adds contributions up: the last operation first.
  const uses = values.map(() => []);
  for (let child = values.length - 1; child >= 0; child--) {
    values[child].parents.forEach((parent, position) => {
      uses[parent].push({ child, position });
    });
  }
  return { ...program, values, operations, uses, root: values.length - 1 };
}

/**
 * A run: data, local gradients and gradients with some leaves edited.
 *
 * What depends on no edited leaf keeps what the engine recorded. So does an operation of the user's own,
 * which only Python can compute, and all that depends on it: `kept` holds these. If the output is among
 * them, gradients are those of the recorded computation.
 */
export function evaluated(program, table, edits) {
  const { values, operations, root } = program;
  const data = values.map((value) => value.data);
  const locals = values.map((value) => value.locals);
  const changed = new Set();
  const kept = new Set();
  values.forEach(({ operation, parents }, i) => {
    if (operation === null) {
      if (edits.has(i) && !Object.is(edits.get(i), data[i])) {
        data[i] = edits.get(i);
        changed.add(i);
      }
      return;
    }
    if (!parents.some((parent) => changed.has(parent) || kept.has(parent))) return;
    const entry = operations[operation];
    if (entry.isOwn || parents.some((parent) => kept.has(parent))) {
      kept.add(i);
      return;
    }
    const operands = parents.map((parent) => data[parent]);
    const out = table[operation].forward(operands, entry.static);
    data[i] = out ?? NaN;
    locals[i] = Array.from(table[operation].gradients(data[i], operands, entry.static));
    changed.add(i);
  });
  const slopes = kept.has(root) ? values.map((value) => value.locals) : locals;
  return { data, locals: slopes, gradients: backward(program, slopes), changed, kept };
}

function backward({ values, root }, locals) {
  const gradients = new Float64Array(values.length);
  gradients[root] = 1;
  for (let child = root; child >= 0; child--) {
    values[child].parents.forEach((parent, position) => {
      gradients[parent] += locals[child][position] * gradients[child];
    });
  }
  return gradients;
}

/** What arrives at a Value's gradient: from each use of it, upstream gradient times local gradient. */
export function contributions(program, run, i) {
  return program.uses[i].map(({ child, position }) => {
    const upstream = run.gradients[child];
    const local = run.locals[child][position];
    return { child, position, upstream, local, product: local * upstream };
  });
}

/** The sum of contributions, in their order, as the engine adds them. */
export function sumOf(parts) {
  return parts.reduce((total, { product }) => total + product, 0);
}

/**
 * The paths from a Value to the output: at most `limit` of them, and how many there are, a BigInt.
 *
 * A path is a list of steps {child, position}; its product is that of the local gradients along it.
 */
export function pathsToOutput(program, run, from, limit) {
  const { uses, root } = program;
  const counts = countsOfPaths(program);
  const paths = [];
  const stack = [{ node: from, steps: [], product: 1 }];
  while (stack.length > 0 && paths.length < limit) {
    const { node, steps, product } = stack.pop();
    if (node === root) {
      paths.push({ steps, product });
      continue;
    }
    for (const { child, position } of uses[node].toReversed()) {
      const local = run.locals[child][position];
      stack.push({ node: child, steps: [...steps, { child, position }], product: product * local });
    }
  }
  return { paths, count: counts[from] };
}

function countsOfPaths({ values, uses, root }) {
  const counts = values.map(() => 0n);
  counts[root] = 1n;
  for (let i = root - 1; i >= 0; i--) {
    for (const { child } of uses[i]) counts[i] += counts[child];
  }
  return counts;
}

/** The Values on any path from one to the output. */
export function pathNodes({ uses }, from) {
  const found = new Set([from]);
  const stack = [from];
  while (stack.length > 0) {
    for (const { child } of uses[stack.pop()]) {
      if (!found.has(child)) {
        found.add(child);
        stack.push(child);
      }
    }
  }
  return found;
}

/** The gradient of a box's output with respect to what goes into some operands inside of it. */
export function through(program, run, box, operands) {
  const inside = new Map([[box.output, 1]]);
  for (const operation of box.operations.toReversed()) {
    const upstream = inside.get(operation) ?? 0;
    program.values[operation].parents.forEach((parent, position) => {
      const part = upstream * run.locals[operation][position];
      if (box.operations.includes(parent)) inside.set(parent, (inside.get(parent) ?? 0) + part);
    });
  }
  return operands.reduce(
    (total, [operation, position]) =>
      total + (inside.get(operation) ?? 0) * run.locals[operation][position],
    0,
  );
}

/** The output with one leaf moved by h, and the quotient of the differences. */
export function nudged(program, table, edits, run, leaf, h) {
  const moved = run.data[leaf] + h;
  const output = evaluated(program, table, new Map([...edits, [leaf, moved]])).data[program.root];
  const before = run.data[program.root];
  // By the difference that there is between the two floats.
  return { moved, output, before, slope: (output - before) / (moved - run.data[leaf]) };
}

/** The leaves that a step of descent moves: by default, unless the reader has locked or unlocked them. */
export function movedBy({ toggled }, { values }) {
  return values.flatMap((value, i) => (Boolean(value.descends) !== toggled.has(i) ? [i] : []));
}

/** The edits after one step of gradient descent, on some leaves. */
export function descended(run, edits, rate, leaves) {
  return new Map([...edits, ...leaves.map((i) => [i, run.data[i] - rate * run.gradients[i]])]);
}

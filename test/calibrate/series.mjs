// Series that depend on themselves in the ways that measurements do. `random` gives uniform numbers in [0, 1).

/** Box and Muller. */
export function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function exponential(random, mean = 1) {
  return -mean * Math.log(1 - random());
}

/** An autoregressive series of variance 1: each value keeps `rho` of the one before. */
export function autoregressive(random, n, rho) {
  const series = new Float64Array(n);
  let last = normal(random);
  const fresh = Math.sqrt(1 - rho * rho);
  for (let i = 0; i < n; i++) {
    series[i] = last;
    last = rho * last + fresh * normal(random);
  }
  return series;
}

/** How much slower each operation is, as a logarithm, for each kind of dependence. */
const shapes = {
  independent: () => () => 0,
  // Two states, of 1000 and 50 operations on average.
  bursts: (random, n) => {
    const slow = new Uint8Array(n);
    for (let i = 0; i < n; ) {
      i += Math.ceil(exponential(random, 1000));
      const end = Math.min(n, i + Math.ceil(exponential(random, 50)));
      for (; i < end; i++) slow[i] = 1;
    }
    return (i) => slow[i] * Math.log(5);
  },
  // One stretch somewhere, of 5 to 30 % of the run, in which everything takes 3 to 10 times as long.
  "slow period": (random, n) => {
    const length = n * (0.05 + 0.25 * random());
    const from = random() * (n - length);
    const by = Math.log(3 + 7 * random());
    return (i) => (i >= from && i < from + length ? by : 0);
  },
  // 40 of each 400 operations, from any of them on.
  periodic: (random) => {
    const phase = Math.floor(400 * random());
    return (i) => ((i + phase) % 400 < 40 ? Math.log(4) : 0);
  },
  // A load that swells and ebbs a time and a half in a run.
  load: (random, n) => {
    const phase = random();
    return (i) => 0.4 * Math.sin(2 * Math.PI * ((1.5 * i) / n + phase));
  },
};

/**
 * Latencies in ns around 100 us, in the order of time.
 * @param {{ shape?: string, rho?: number, run?: number, factor?: number, spread?: number }} how `run`: how much whole runs differ, as the standard
 * deviation of the logarithm; `factor`: how much slower all of it is
 */
export function latencies(random, n, how = {}) {
  const { shape = "independent", rho = 0, run = 0, factor = 1, spread = 0.5 } = how;
  const noise = autoregressive(random, n, rho);
  const slower = shapes[shape](random, n);
  const whole = Math.log(1e5 * factor) + run * normal(random);
  return noise.map((value, i) => Math.round(Math.exp(whole + spread * value + slower(i))));
}

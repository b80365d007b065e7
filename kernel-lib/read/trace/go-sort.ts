/**
 * Sorts numbers of things by their key exactly as Go's `slices.SortFunc` does, equal keys included.
 *
 * Go's reader sorts its frontier of threads with it when the earliest event cannot come next yet, and its sort is
 * not stable, so which of two events of the same nanosecond comes first depends on its very steps. This follows
 * pdqsortCmpFunc (src/slices/zsortanyfunc.go) with `cmp` being the comparison of keys.
 */
export function goSort(items: Int32Array, count: number, keys: Float64Array): void {
  pdqsort(items, keys, 0, count, 32 - Math.clz32(count));
}

function swap(items: Int32Array, i: number, j: number): void {
  const item = items[i];
  items[i] = items[j];
  items[j] = item;
}

function insertionSort(items: Int32Array, keys: Float64Array, a: number, b: number): void {
  for (let i = a + 1; i < b; i++) {
    for (let j = i; j > a && keys[items[j]] < keys[items[j - 1]]; j--) swap(items, j, j - 1);
  }
}

function siftDown(items: Int32Array, keys: Float64Array, lo: number, hi: number, first: number): void {
  for (let root = lo; ; ) {
    let child = 2 * root + 1;
    if (child >= hi) return;
    if (child + 1 < hi && keys[items[first + child]] < keys[items[first + child + 1]]) child++;
    if (!(keys[items[first + root]] < keys[items[first + child]])) return;
    swap(items, first + root, first + child);
    root = child;
  }
}

function heapSort(items: Int32Array, keys: Float64Array, a: number, b: number): void {
  const count = b - a;
  for (let i = Math.trunc((count - 1) / 2); i >= 0; i--) siftDown(items, keys, i, count, a);
  for (let i = count - 1; i >= 0; i--) {
    swap(items, a, a + i);
    siftDown(items, keys, 0, i, a);
  }
}

function pdqsort(items: Int32Array, keys: Float64Array, from: number, to: number, badAllowed: number): void {
  let a = from;
  let b = to;
  let limit = badAllowed;
  let wasBalanced = true;
  let wasPartitioned = true;
  for (;;) {
    const length = b - a;
    if (length <= 12) {
      insertionSort(items, keys, a, b);
      return;
    }
    if (limit === 0) {
      heapSort(items, keys, a, b);
      return;
    }
    if (!wasBalanced) {
      breakPatterns(items, a, b);
      limit--;
    }
    const choice = choosePivot(items, keys, a, b);
    let pivot = choice.pivot;
    const decreasing = choice.swaps === 12;
    if (decreasing) {
      items.subarray(a, b).reverse();
      pivot = b - 1 - (pivot - a);
    }
    const increasing = decreasing || choice.swaps === 0;
    if (wasBalanced && wasPartitioned && increasing && partialInsertionSort(items, keys, a, b)) return;
    if (a > 0 && !(keys[items[a - 1]] < keys[items[pivot]])) {
      a = partitionEqual(items, keys, a, b, pivot);
      continue;
    }
    const parted = partition(items, keys, a, b, pivot);
    const mid = parted.mid;
    wasPartitioned = parted.already;
    const threshold = Math.trunc(length / 8);
    if (mid - a < b - mid) {
      wasBalanced = mid - a >= threshold;
      pdqsort(items, keys, a, mid, limit);
      a = mid + 1;
    } else {
      wasBalanced = b - mid >= threshold;
      pdqsort(items, keys, mid + 1, b, limit);
      b = mid;
    }
  }
}

function partition(
  items: Int32Array,
  keys: Float64Array,
  a: number,
  b: number,
  pivot: number,
): { mid: number; already: boolean } {
  swap(items, a, pivot);
  let i = a + 1;
  let j = b - 1;
  const key = keys[items[a]];
  while (i <= j && keys[items[i]] < key) i++;
  while (i <= j && !(keys[items[j]] < key)) j--;
  if (i > j) {
    swap(items, j, a);
    return { mid: j, already: true };
  }
  swap(items, i++, j--);
  for (;;) {
    while (i <= j && keys[items[i]] < key) i++;
    while (i <= j && !(keys[items[j]] < key)) j--;
    if (i > j) break;
    swap(items, i++, j--);
  }
  swap(items, j, a);
  return { mid: j, already: false };
}

function partitionEqual(items: Int32Array, keys: Float64Array, a: number, b: number, pivot: number): number {
  swap(items, a, pivot);
  let i = a + 1;
  let j = b - 1;
  const key = keys[items[a]];
  for (;;) {
    while (i <= j && !(key < keys[items[i]])) i++;
    while (i <= j && key < keys[items[j]]) j--;
    if (i > j) return i;
    swap(items, i++, j--);
  }
}

function partialInsertionSort(items: Int32Array, keys: Float64Array, a: number, b: number): boolean {
  let i = a + 1;
  for (let step = 0; step < 5; step++) {
    while (i < b && !(keys[items[i]] < keys[items[i - 1]])) i++;
    if (i === b) return true;
    if (b - a < 50) return false;
    swap(items, i, i - 1);
    if (i - a >= 2) {
      for (let j = i - 1; j >= 1 && keys[items[j]] < keys[items[j - 1]]; j--) swap(items, j, j - 1);
    }
    if (b - i >= 2) {
      for (let j = i + 1; j < b && keys[items[j]] < keys[items[j - 1]]; j++) swap(items, j, j - 1);
    }
  }
  return false;
}

// Go's generator here is a 64-bit xorshift; only its low bits are used, but they need the high ones.
function breakPatterns(items: Int32Array, a: number, b: number): void {
  const length = b - a;
  if (length < 8) return;
  let random = BigInt(length);
  const modulus = 2 ** (32 - Math.clz32(length));
  const start = a + Math.trunc(length / 4) * 2 - 1;
  for (let at = start; at <= start + 2; at++) {
    random ^= BigInt.asUintN(64, random << 13n);
    random ^= random >> 7n;
    random ^= BigInt.asUintN(64, random << 17n);
    let other = Number(random & BigInt(modulus - 1));
    if (other >= length) other -= length;
    swap(items, at, a + other);
  }
}

function choosePivot(
  items: Int32Array,
  keys: Float64Array,
  a: number,
  b: number,
): { pivot: number; swaps: number } {
  const quarter = Math.trunc((b - a) / 4);
  let swaps = 0;
  const median = (x: number, y: number, z: number): number => {
    let [low, mid, high] = [x, y, z];
    if (keys[items[mid]] < keys[items[low]]) {
      swaps++;
      [low, mid] = [mid, low];
    }
    if (keys[items[high]] < keys[items[mid]]) {
      swaps++;
      [mid, high] = [high, mid];
    }
    if (keys[items[mid]] < keys[items[low]]) {
      swaps++;
      [low, mid] = [mid, low];
    }
    return mid;
  };
  let i = a + quarter;
  let j = a + quarter * 2;
  let k = a + quarter * 3;
  if (b - a >= 50) {
    i = median(i - 1, i, i + 1);
    j = median(j - 1, j, j + 1);
    k = median(k - 1, k, k + 1);
  }
  return { pivot: median(i, j, k), swaps };
}

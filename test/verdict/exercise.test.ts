import { expect, test } from "vitest";
import { type ExerciseSource, exercise, lockExercise } from "#lib/verdict/exercise.js";

const number: ExerciseSource = {
  answer: 253.4,
  unit: "ms",
  tolerance: 0.05,
  hints: ["Look at the slowlog.", "Take the median."],
  reasoning: "The script walks every key.",
};
const word: ExerciseSource = { ...number, answer: ["main.(*cache).get", "cache.get"], tolerance: undefined };

test("hints come first, one more with each try; the right answer opens the reasoning", () => {
  const check = exercise(lockExercise(number));
  expect(check().text).toBe("Asked for: a number (ms), to within 5 %. Hint: Look at the slowlog.");
  expect(check(100).text).toBe("**Not yet.** Look at the slowlog.");
  expect(check(0).text).toBe("**Not yet.** Take the median.");
  expect(check(-253.4).text).toBe("**Not yet.** Take the median.");
  expect(check("nothing <b>").text).toBe(
    "nothing &lt;b> is not a number. Asked for: a number (ms), to within 5 %.",
  );
  expect(check(253.4).text).toBe("**Right.** The script walks every key.");
});

test.each([253.4, 242, 264, 250, "253 ms", "253.4"])("%s is within 5 %% of 253.4", (answer) => {
  expect(exercise(lockExercise(number))(answer).text).toMatch(/^\*\*Right/);
});

test.each([228, 281, 2534, 0.2534])("%s is not", (answer) => {
  expect(exercise(lockExercise(number))(answer).text).toMatch(/^\*\*Not yet/);
});

test("every answer within the tolerance is taken, wherever the buckets' edges are; none twice as far", () => {
  for (let answer = 1; answer < 2; answer += 0.47) {
    const check = exercise(lockExercise({ ...number, answer, tolerance: 0.1 }));
    for (const factor of [1 / 1.1, 1.1]) expect(check(answer * factor).text, String(answer)).toMatch(/Right/);
    for (const factor of [0.8, 1.25]) expect(check(answer * factor).text, String(answer)).toMatch(/Not yet/);
  }
});

test("without a tolerance a number is exact, zero too", () => {
  const check = exercise(lockExercise({ ...number, answer: 0, tolerance: undefined }));
  expect(check(1).text).toMatch(/Not yet/);
  expect(check(0).text).toMatch(/Right/);
});

test.each(["main.(*cache).get", "`Main.(*Cache).Get()`", " the cache.get. ", "cache.get()"])(
  "%j is the name",
  (answer) => {
    const check = exercise(lockExercise(word));
    expect(check("main.get").text).toMatch(/^\*\*Not yet/);
    expect(check(answer).text).toMatch(/^\*\*Right/);
  },
);

test("the locked form holds neither answer nor reasoning, and no two are alike", () => {
  for (const source of [number, word]) {
    const [one, other] = [lockExercise(source), lockExercise(source)].map((locked) => JSON.stringify(locked));
    expect(one).not.toMatch(/253|cache|walks/);
    expect(one).not.toBe(other);
    const { locks } = JSON.parse(one);
    expect(Buffer.from(locks[0].sealed, "base64").toString("latin1")).not.toContain("walks");
  }
});

test("a reasoning that was changed does not open", () => {
  const locked = JSON.parse(JSON.stringify(lockExercise(number)));
  const bytes = Buffer.from(locked.locks[0].sealed, "base64");
  bytes[0] ^= 1;
  locked.locks[0].sealed = bytes.toString("base64");
  expect(() => exercise(locked)(253.4)).toThrow();
});

test.each([
  { ...number, hints: [] },
  { ...number, reasoning: "" },
  { ...number, answer: [] },
  { ...number, tolerance: 1 },
])("an exercise that lacks something is refused", (source) => {
  expect(() => lockExercise(source)).toThrow(RangeError);
});

/**
 * What models are made of: each op with its forward, its backward rule beside it, and both as
 * formulas.
 *
 * <p>All have a static {@code apply} that takes a tape and variables, checks shapes, calls a kernel
 * of the tape's backend, and records the rule. {@link dev.sifter.engine.ops.RmsNorm} is a short one
 * to begin with. Beside them are the forms that a weight can have ({@link
 * dev.sifter.engine.ops.LinearWeight}) and its adapters ({@link
 * dev.sifter.engine.ops.LoraAdapter}).
 *
 * <p>The largest is {@link dev.sifter.engine.ops.LinearCrossEntropy}, head and loss in one. {@link
 * dev.sifter.engine.ops.contract} says what every op promises, and to what tolerance.
 */
package dev.sifter.engine.ops;

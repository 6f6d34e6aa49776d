/**
 * Reverse-mode differentiation over coarse ops.
 *
 * <p>An op reads {@link dev.sifter.engine.autograd.Variable}s, computes its output, and tells the
 * {@link dev.sifter.engine.autograd.Tape} its backward rule. {@code Tape.backward} runs the rules
 * from the last to the first; each finds its gradients in {@link
 * dev.sifter.engine.autograd.Gradients}. What arrives at a {@link
 * dev.sifter.engine.autograd.Parameter} stays there for the optimizer. {@code Tape} says who holds
 * which bytes until when; read it first.
 */
package dev.sifter.engine.autograd;

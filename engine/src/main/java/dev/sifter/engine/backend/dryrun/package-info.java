/**
 * Computes nothing and counts: the work of every kernel, and the bytes of every arena.
 *
 * <p>The same model and the same trainer run on it as on any backend; {@code WorkLog} adds up what
 * they would have cost. {@code sifter plan} is made of that.
 */
package dev.sifter.engine.backend.dryrun;

/**
 * What every op promises, described once: value tests on every backend, gradient checks, benchmarks
 * and the documentation read the same description.
 */
package dev.sifter.engine.ops.contract;

/**
 * The list of all kernels, each with trials: inputs, launches, and what must come out by a plain
 * formula in double precision.
 *
 * <p>Whoever goes over all kernels goes over this list: the tests, {@code sifter kernels}, the
 * benchmarks. A new kernel is one more entry.
 */
package dev.sifter.kernels.library.catalog;

/**
 * What can be found out about the kernels of the catalog, with a GPU and without one: how they are
 * assembled, whether they are right, what they move, how long they take. {@code sifter kernels} and
 * the benchmarks print it.
 */
package dev.sifter.kernels.inspect;

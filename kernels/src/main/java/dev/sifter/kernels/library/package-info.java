/**
 * The kernels, one class each.
 *
 * <p>A class is a record of what its kernel is specialised for: shapes, types, options. Equal
 * records assemble to equal text, so they serve as keys of a cache. Its static method {@code
 * launches} is what a caller needs: it takes the tensors, chooses the specialisation (the widest
 * vectors that all addresses and widths allow), checks the constraints and returns what to launch,
 * in order, with grid and arguments. {@link dev.sifter.kernels.library.LoadedKernels} runs it.
 *
 * <p>Rules for all of them: numbers are fp32 in registers whatever they are in memory; sums have
 * one order, which does not depend on the device; a tensor's elements lie next to each other unless
 * a row stride is given; counts may be 0, then there is nothing to launch.
 *
 * <p>Each class says what it computes, shows it in CUDA's style, and states the least bytes that it
 * must move and its FLOPs. {@link dev.sifter.kernels.library.catalog.KernelCatalog} lists them all.
 */
package dev.sifter.kernels.library;

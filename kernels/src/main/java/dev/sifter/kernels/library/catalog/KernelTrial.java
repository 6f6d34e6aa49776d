package dev.sifter.kernels.library.catalog;

import java.util.function.Function;

/**
 * How to try a kernel.
 *
 * @param label shapes and types, and what is special
 * @param setUp makes inputs and launches
 */
public record KernelTrial(String label, Function<TrialMemory, Trial> setUp) {}

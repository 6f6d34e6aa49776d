package dev.sifter.kernels.ptx;

/**
 * A formal parameter of a kernel.
 *
 * @param name as in the PTX text
 * @param type its type
 */
public record KernelParameter(String name, ParameterType type) {}

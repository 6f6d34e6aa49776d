/**
 * A typed assembler of PTX, NVIDIA's virtual instruction set: kernels are written with it.
 *
 * <p>{@link dev.sifter.kernels.ptx.PtxAssembler} is what a kernel is written against. It is built
 * up class by class, each one idea: the instruction stream with its checks, whole numbers, fp32
 * numbers, memory, warps, tensor cores, control flow, parameters; and above these instruction forms
 * what kernels are made of: reductions, vectors of elements, functions, tiles.
 */
package dev.sifter.kernels.ptx;

/**
 * All cores of this machine, through the Vector API.
 *
 * <p>{@link dev.sifter.engine.backend.cpu.CpuBackend} has a class for each kernel interface ({@code
 * CpuNorm} for {@code NormKernels}), which checks shapes, cuts the work into tasks by shape alone,
 * and hands them to the {@code WorkerPool}. What a task does is in flat loops: {@code NormLoops},
 * {@code AttentionLoops}, {@code PointwiseLoops}.
 *
 * <p>Matrix products: {@code CpuLinear} chooses {@code Gemm}, or {@code Gemv} and {@code
 * ThinProduct} for narrow ones. {@code Gemm} packs its factors ({@code Packing}, {@code
 * ColumnBlock}) and runs a {@code MicroKernel}, whose forms ({@code ColumnsKernel6}, …) are named
 * by how A lies and by the rows of a tile. {@link dev.sifter.engine.backend.cpu.LaneSum} says why
 * no sum here is left to the JDK.
 */
package dev.sifter.engine.backend.cpu;

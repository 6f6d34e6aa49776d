/**
 * What a backend is: memory, and kernels.
 *
 * <p>{@link dev.sifter.engine.backend.Backend} gives an implementation of each kernel interface:
 * {@code PointwiseKernels}, {@code RowKernels}, {@code NormKernels}, {@code LinearKernels}, {@code
 * AttentionKernels}, {@code LossKernels}, {@code OptimizerKernels}. A method there is one kernel,
 * and its Javadoc the specification that all backends follow. The records beside them are arguments
 * of kernels; {@link dev.sifter.engine.backend.KernelWork} says what each must compute and move at
 * least.
 */
package dev.sifter.engine.backend;

/**
 * The textbook: each kernel as plain loops in double precision, on one thread.
 *
 * <p>A class here has the name of the kernel interface that it implements, so the formula of {@code
 * NormKernels} is in {@code ReferenceNorm}. {@code Elements} hides the tensors' types.
 */
package dev.sifter.engine.backend.reference;

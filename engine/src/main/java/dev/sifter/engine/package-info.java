/**
 * The engine: tensors, memory, automatic differentiation, ops, and the backends that compute them.
 *
 * <p>It knows nothing of models. A caller opens a backend with {@link dev.sifter.engine.Backends},
 * allocates tensors in the backend's arenas, and calls ops on a tape. To read it, take {@code
 * tensor}, {@code memory}, {@code autograd}, one op of {@code ops} such as {@code RmsNorm}, and
 * what {@code backend.reference} computes for it; the other backends do the same, faster.
 *
 * <p>Packages know only those below: {@code ops} calls the kernels of {@code backend} and records
 * on a tape of {@code autograd}; both stand on {@code memory} and {@code tensor}.
 */
package dev.sifter.engine;

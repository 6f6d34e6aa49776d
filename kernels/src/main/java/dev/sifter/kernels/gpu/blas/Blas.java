package dev.sifter.kernels.gpu.blas;

/**
 * Multiplies matrices in one stream of one device.
 *
 * <p>The same product on the same device with the same library gives the same bits: sums have one
 * order, and the workspace is this object's own.
 */
public interface Blas extends AutoCloseable {

  /**
   * Puts a product into the stream.
   *
   * @throws dev.sifter.kernels.gpu.GpuException if the library refuses it
   */
  void multiply(Product product);

  /** What computes: library, version, file. */
  String description();

  /** Frees the workspace, once the stream's work is done. */
  @Override
  void close();
}

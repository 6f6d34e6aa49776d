package dev.sifter.kernels.gpu;

/** Device memory is not to be had. */
public final class OutOfDeviceMemoryException extends GpuException {
  private static final long serialVersionUID = 1;

  private final long neededBytes;
  private final long freeBytes;

  /**
   * Says what was asked for and what there is.
   *
   * @param neededBytes size of the allocation
   * @param freeBytes free bytes altogether; the largest piece may be smaller
   * @param totalBytes memory of the device
   */
  public OutOfDeviceMemoryException(long neededBytes, long freeBytes, long totalBytes) {
    super(
        ("out of GPU memory: %s needed, %s of %s free; lower per_device_train_batch_size or"
                + " max_length, or set gradient_checkpointing: true")
            .formatted(size(neededBytes), size(freeBytes), size(totalBytes)));
    this.neededBytes = neededBytes;
    this.freeBytes = freeBytes;
  }

  /** Size of the allocation that failed. */
  public long neededBytes() {
    return neededBytes;
  }

  /** What was free. */
  public long freeBytes() {
    return freeBytes;
  }

  private static String size(long bytes) {
    return bytes < 1 << 20 ? bytes + " bytes" : (bytes >> 20) + " MiB";
  }
}

package dev.sifter.kernels.ptx;

/** A kernel that cannot be assembled; the message begins with the Java line that is to blame. */
public final class MalformedKernelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MalformedKernelException(SourceLine where, String message) {
    super(where + ": " + message);
  }
}

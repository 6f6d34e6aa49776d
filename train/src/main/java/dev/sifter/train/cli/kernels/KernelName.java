package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.library.catalog.KernelCatalog;
import dev.sifter.kernels.library.catalog.KernelEntry;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A kernel as an argument. A name that there is not is a wrong call, answered with those alike. */
final class KernelName implements ITypeConverter<KernelEntry>, Iterable<String> {
  @Override
  public KernelEntry convert(String name) {
    try {
      return KernelCatalog.find(name);
    } catch (IllegalArgumentException unknown) {
      throw new TypeConversionException(unknown.getMessage());
    }
  }

  /** All names, for completion. */
  @Override
  public Iterator<String> iterator() {
    return KernelCatalog.all().stream().map(KernelEntry::name).iterator();
  }
}

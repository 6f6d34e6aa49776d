/** {@code sifter kernels}: the kernel library, for those who study kernels and who measure them. */
package dev.sifter.train.cli.kernels;

package dev.sifter.train.sft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.sifter.train.data.record.DataFiles;
import dev.sifter.train.data.record.DataSource;
import java.nio.file.Path;
import java.util.List;

/** One entry of {@code datasets}: TRL's {@code DatasetConfig}, for data on this machine. */
public final class DatasetConfig {
  /** A file, glob or folder; or with {@link #dataFiles} the format's name, such as json. */
  public String path;

  /** Of which configuration of a folder's data set to take the files; null where none is named. */
  public String name;

  /** A folder in the folder {@link #path}. */
  public String dataDir;

  /** Files or globs, in the folder {@link #path} if that is one. */
  public List<String> dataFiles = List.of();

  /** Of which split of a folder to take the files. */
  public String split = "train";

  /** Columns to take; empty for all. */
  public List<String> columns = List.of();

  /** What is made of its records; null: as the option of the run has it. */
  public JsonNode formattingFunc = NullNode.getInstance();

  /** Share of this data set in the mixture; for all of them or for none. */
  public Double fraction;

  /** Names of {@code load_dataset} for files of a format; the files themselves tell it here. */
  private static final List<String> FORMATS = List.of("json", "csv", "parquet", "text");

  void validate() {
    if (path == null) {
      throw new IllegalArgumentException("an entry of datasets has no path: name a file or folder");
    }
    if (FORMATS.contains(path) && dataFiles.isEmpty()) {
      throw new IllegalArgumentException(
          "an entry of datasets has the path '%s' but no data_files: name the files"
              .formatted(path));
    }
  }

  /**
   * The data set.
   *
   * @param run the options of the run, for what is not given here
   */
  DataSource source(SftConfig run) {
    String folder = dataDir == null ? path : Path.of(path).resolve(dataDir).toString();
    List<String> files = dataFiles;
    if (files.isEmpty()) {
      files = List.of(folder);
    } else if (!FORMATS.contains(path)) {
      files = files.stream().map(file -> DataFiles.below(folder, file)).toList();
    }
    JsonNode format = formattingFunc.isNull() ? run.formattingFunc : formattingFunc;
    return new DataSource(
        files,
        split,
        name,
        columns,
        run.documentSeparator,
        DataOptions.format(format, run.datasetTextField),
        fraction);
  }
}

package dev.sifter.train.eval.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import dev.sifter.train.data.record.DataFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Forms of records that only benchmarks have. */
final class PlainRecords {
  private PlainRecords() {}

  /** A table of comma-separated values whose first row is a record, not the columns' names. */
  static List<ObjectNode> table(Path file, List<String> columns) {
    List<ObjectNode> records = new ArrayList<>();
    try (BufferedReader text = DataFiles.openText(file);
        CsvReader<CsvRecord> rows = CsvReader.builder().ofCsvRecord(text)) {
      for (CsvRecord row : rows) {
        if (row.getFieldCount() != columns.size()) {
          throw new IllegalArgumentException(
              "%s, line %d: %d values, but the columns are %s"
                  .formatted(file, row.getStartingLineNumber(), row.getFieldCount(), columns));
        }
        ObjectNode record = Json.mapper().createObjectNode();
        for (int i = 0; i < columns.size(); i++) {
          record.put(columns.get(i), row.getField(i));
        }
        records.add(record);
      }
    } catch (CsvParseException e) {
      throw new IllegalArgumentException(file + " is no CSV: " + e.getMessage(), e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
    return records;
  }

  /** WikiText's raw files: a page begins at a heading of the first level, {@code = Title = }. */
  static List<ObjectNode> pages(Path file) {
    String text;
    try (BufferedReader reader = DataFiles.openText(file)) {
      text = reader.readAllAsString();
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
    List<ObjectNode> pages = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String heading = line.replace("= = =", "===").replace("= =", "==").strip();
      if (heading.startsWith("= ") && heading.endsWith(" =")) {
        if (!String.join("\n", lines).isBlank()) {
          pages.add(page(lines));
        }
        lines.clear();
      }
      lines.add(line);
    }
    pages.add(page(lines));
    return pages;
  }

  private static ObjectNode page(List<String> lines) {
    return Json.mapper().createObjectNode().put("page", String.join("\n", lines));
  }

  /** Adds {@code label}, a number on each line of a file, to the records. */
  static void addLabels(Path file, List<ObjectNode> records) {
    List<String> labels;
    try (BufferedReader text = DataFiles.openText(file)) {
      labels = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
    if (labels.size() != records.size()) {
      throw new IllegalArgumentException(
          "%s has %d labels for %d records".formatted(file, labels.size(), records.size()));
    }
    for (int i = 0; i < labels.size(); i++) {
      records.get(i).put("label", Integer.parseInt(labels.get(i)));
    }
  }
}

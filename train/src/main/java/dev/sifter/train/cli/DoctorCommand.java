package dev.sifter.train.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sifter.kernels.gpu.CudaProbe;
import dev.sifter.model.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code sifter doctor}: what this machine has of the things that Sifter uses, and how to get what
 * is missing.
 */
@Command(
    name = "doctor",
    description = "Check Java, SIMD, memory and GPU, and say how to mend what is missing.",
    footer = "%nExit code 0: nothing to mend (a GPU is optional); 1: something is wrong.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print the findings as one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    List<Finding> findings = new ArrayList<>(HostChecks.all());
    CudaProbe probe = CudaProbe.run();
    findings.addAll(GpuChecks.all(probe));
    if (probe.driver().isPresent()) {
      findings.add(GpuChecks.device());
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? toJson(findings) : toText(findings));
    return healthy(findings) ? 0 : 1;
  }

  private static boolean healthy(List<Finding> findings) {
    return findings.stream().noneMatch(finding -> finding.status() == Finding.Status.PROBLEM);
  }

  static String toText(List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      text.append(
          "%-8s %-14s %s%n".formatted(lower(finding.status()), finding.part(), finding.found()));
      if (!finding.remedy().isEmpty()) {
        text.append("%-23s to mend it: %s%n".formatted("", finding.remedy()));
      }
    }
    return text.append(healthy(findings) ? "Sifter can run here." : "Sifter needs mending.")
        .toString();
  }

  static String toJson(List<Finding> findings) throws JsonProcessingException {
    List<Map<String, String>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      Map<String, String> row = new LinkedHashMap<>();
      row.put("part", finding.part());
      row.put("status", lower(finding.status()));
      row.put("found", finding.found());
      row.put("remedy", finding.remedy());
      rows.add(row);
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("healthy", healthy(findings));
    report.put("findings", rows);
    return Json.mapper().writeValueAsString(report);
  }

  private static String lower(Finding.Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the programs print: one step a line, as JSON. */
final class Say {
  private static final List<String> SHOWN = List.of("Location", "Idempotency-Replayed", "Deprecation", "Sunset");
  private final ObjectMapper mapper;

  /** Writes with the client's own mapper. */
  Say(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  /** Print a step: what the answer said, and the body as the client's own classes have it. */
  void step(String step, int status, Map<String, List<String>> headers, Object body) throws JsonProcessingException {
    Map<String, String> shown = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      for (String name : SHOWN) {
        if (name.equalsIgnoreCase(header.getKey())) {
          shown.put(name, header.getValue().get(0));
        }
      }
      if (header.getKey().equalsIgnoreCase("Retry-After")) {
        shown.put("Retry-After", String.valueOf(Integer.parseInt(header.getValue().get(0)) > 0));
      }
    }
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("step", step);
    said.put("status", status);
    said.put("headers", shown);
    said.put("body", body);
    System.out.println(mapper.writeValueAsString(said));
  }

  /** A variable of the environment. */
  static String variable(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set");
    }
    return value;
  }
}

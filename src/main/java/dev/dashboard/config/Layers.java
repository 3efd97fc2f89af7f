package dev.dashboard.config;

import io.helidon.config.Config;
import io.helidon.config.ConfigException;
import io.helidon.config.ConfigSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The sources of values, strongest first; each keeps its name, so that a fault can say where a value came from. */
final class Layers {
    static final String PROPERTY = "system property";
    static final String ENVIRONMENT = "environment";
    static final String DEFAULT = "default";

    private static final String CLASS_PATH = "class path ";
    private static final String PACKAGED = CLASS_PATH + "config/";

    /** A value as found: the text as it stands, and its items if it is read as a list. */
    record Found(String text, List<String> values, String origin) {
        /** The origin in the words of operators, who do not know what is packaged. */
        String source(String key) {
            if (origin.equals(ENVIRONMENT)) {
                return ENVIRONMENT + " " + ConfigLoader.variable(key);
            }
            if (origin.equals(PACKAGED + "application.yaml")) {
                return DEFAULT;
            }
            return origin.startsWith(PACKAGED) ? origin.substring(PACKAGED.length()) : origin;
        }
    }

    private record Layer(String name, Config config) {}

    private final List<Layer> layers = new ArrayList<>();
    private final List<String> faults;

    Layers(List<String> faults) {
        this.faults = faults;
    }

    /** Adds plain values below what is there; the origin of a value is given with it. */
    void addValues(String kind, Map<String, String> values) {
        layers.add(new Layer(kind, build(ConfigSources.create(values).build())));
    }

    void addFile(Path file) {
        if (Files.exists(file)) {
            addYaml(file.toString(), ConfigSources.file(file).build());
        }
    }

    void addClasspath(String resource) {
        addYaml(CLASS_PATH + resource, ConfigSources.classpath(resource).build());
    }

    private void addYaml(String name, io.helidon.config.spi.ConfigSource source) {
        try {
            layers.add(new Layer(name, build(source)));
        } catch (ConfigException e) {
            faults.add(name + ": cannot be read as YAML: " + firstLine(e));
        }
    }

    private static Config build(io.helidon.config.spi.ConfigSource source) {
        return Config.builder()
                .disableEnvironmentVariablesSource()
                .disableSystemPropertiesSource()
                .disableValueResolving()
                .sources(source)
                .build();
    }

    private static String firstLine(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).lines().findFirst().orElse("no reason given");
    }

    Optional<Found> find(String key) {
        for (Layer layer : layers) {
            Config node = layer.config().get(key);
            if (node.isLeaf() || node.type() == Config.Type.LIST) {
                return Optional.of(found(node, layer.name()));
            }
        }
        return Optional.empty();
    }

    private static Found found(Config node, String origin) {
        if (node.isLeaf()) {
            String text = node.asString().orElse("");
            return new Found(text, split(text), origin);
        }
        List<String> items = node.asList(String.class).orElse(List.of());
        return new Found(String.join(",", items), items, origin);
    }

    private static List<String> split(String text) {
        if (text.isBlank()) {
            return List.of();
        }
        List<String> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            items.add(item.strip());
        }
        return items;
    }

    /** Every key in any layer that is not among the known ones, with its origin. */
    Map<String, String> unknown(Set<String> known) {
        Map<String, String> unknown = new TreeMap<>();
        for (Layer layer : layers) {
            for (String key : leaves(layer.config(), known)) {
                unknown.putIfAbsent(key, layer.name());
            }
        }
        return unknown;
    }

    private static Set<String> leaves(Config config, Set<String> known) {
        Set<String> keys = new TreeSet<>();
        for (Config node : config.asNodeList().orElse(List.of())) {
            String key = node.key().toString();
            if (node.type() == Config.Type.OBJECT) {
                keys.addAll(leaves(node, known));
            } else if (!known.contains(key)) {
                keys.add(key);
            }
        }
        return keys;
    }
}

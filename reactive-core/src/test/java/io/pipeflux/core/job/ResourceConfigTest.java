package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceConfigTest {

    @TempDir
    Path directory;

    @Test
    void hostsAreSortedAsStringsAndTheCurrentOneIsFoundAmongThem() throws Exception {
        write("""
                {"current_host":"algo-2","network_interface_name":"eth0","hosts":["algo-1","algo-2","algo-10"],
                 "instance_groups":[{"instance_group_name":"g","hosts":["algo-1"]}],"current_group_name":null}""");

        ResourceConfig config = ResourceConfig.read(directory);

        assertThat(config.hosts()).containsExactly("algo-1", "algo-10", "algo-2");
        assertThat(config.currentHost()).isEqualTo("algo-2");
        assertThat(config.index()).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsReported() throws Exception {
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessage(file() + " does not exist: expected the job's hosts [PF-CONFIG-01]");

        write("{\"hosts\":[\"algo-1\"],\"current_host\":\"algo-7\"}");
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .hasMessageEndingWith("and current host algo-7 [PF-CONFIG-01]");

        write("{\"hosts\":[\"algo-1\"");
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith(file() + " is not valid JSON: ");

        write("[]");
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessage(
                        file()
                                + " is wrong: expected one JSON object, but got a different value or more than one [PF-CONFIG-01]");
    }

    @Test
    void whatIsMissingIsAnErrorOnlyWhenItIsAskedFor() throws Exception {
        write("{}");
        ResourceConfig empty = ResourceConfig.read(directory);
        assertThat(empty.hosts()).isEmpty();
        assertThat(empty.groups()).isEmpty();
        assertThat(empty.currentGroup()).isNull();
        assertThatThrownBy(empty::currentHost)
                .isInstanceOf(PipeException.class)
                .hasMessage("expected a \"current_host\" in " + file() + ", but it has none [PF-CONFIG-01]");
        assertThatThrownBy(empty::index).isInstanceOf(PipeException.class);

        write("{\"current_host\":\"algo-1\",\"hosts\":null}");
        ResourceConfig alone = ResourceConfig.read(directory);
        assertThat(alone.currentHost()).isEqualTo("algo-1");
        assertThat(alone.hosts()).isEmpty(); // not one host: its share would be the whole channel
        assertThatThrownBy(alone::index).isInstanceOf(PipeException.class).hasMessageContaining("\"hosts\"");

        write("{\"hosts\":[\"algo-2\",\"algo-1\"]}");
        ResourceConfig others = ResourceConfig.read(directory);
        assertThat(others.hosts()).containsExactly("algo-1", "algo-2");
        assertThatThrownBy(others::index).isInstanceOf(PipeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'current_host':'algo-1','hosts':'algo-1'}",
                "{'current_host':'algo-1','hosts':[]}",
                "{'current_host':'algo-1','hosts':['algo-1',null]}",
                "{'current_host':['algo-1'],'hosts':['algo-1']}",
                "{'current_host':'algo-1','hosts':['algo-1'],'Hosts':['algo-1','algo-2']}",
                "{'current_host':'algo-1','hosts':['algo-1'],'instance_groups':{'g':['algo-1']}}",
                "{'current_host':'algo-1','hosts':['algo-1'],'instance_groups':[{'hosts':['algo-1']}]}",
                "{'current_host':'algo-1','hosts':['algo-1'],'instance_groups':['g']}",
                "{'hosts':['a'],'instance_groups':[{'instance_group_name':'g'},{'instance_group_name':'g'}]}",
                "{'current_host':'a','hosts':['a'],'instance_groups':[{'instance_group_name':'g','hosts':['a','b']}]}",
                "{'current_host':'c','instance_groups':[{'instance_group_name':'g','hosts':['a','b']}]}",
                "{'current_host':'a','hosts':['a','b'],'current_group_name':'h','instance_groups':"
                        + "[{'instance_group_name':'g','hosts':['a']},{'instance_group_name':'h','hosts':['b']}]}",
                "{'current_host':'a','hosts':['a'],'instance_groups':"
                        + "[{'instance_group_name':'g','hosts':['a']},{'instance_group_name':'h','hosts':['a']}]}",
            })
    void aContradictionOrAnotherKindOfValueIsNoMissingField(String json) throws Exception {
        write(json.replace('\'', '"'));
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith(file() + " is wrong: expected ");
    }

    @Test
    void namesAreReadWithoutRegardToCase() throws Exception {
        write("{\"Current_Host\":\"b\",\"HOSTS\":[\"a\",\"b\"],\"Current_Group_Name\":\"g\"}");
        ResourceConfig config = ResourceConfig.read(directory);
        assertThat(config.index()).isEqualTo(1);
        assertThat(config.currentGroup()).isEqualTo("g");
    }

    @Test
    void theHostsOfAChannelsInstanceGroupsShareIt() throws Exception {
        write("""
                {"current_host":"algo-3","current_group_name":"gpu","current_instance_type":"ml.p3.2xlarge",
                 "hosts":["algo-1","algo-2","algo-3","algo-4"],"instance_groups":[
                 {"instance_group_name":"cpu","instance_type":"ml.c5.xlarge","hosts":["algo-1","algo-2"]},
                 {"instance_group_name":"gpu","instance_type":"ml.p3.2xlarge","hosts":["algo-4","algo-3"]}]}""");
        ResourceConfig config = ResourceConfig.read(directory);

        assertThat(config.currentGroup()).isEqualTo("gpu");
        assertThat(config.groups())
                .containsExactly(entry("cpu", List.of("algo-1", "algo-2")), entry("gpu", List.of("algo-3", "algo-4")));
        assertThat(config.index()).isEqualTo(2);
        assertThat(config.isInGroups(List.of("gpu"))).isTrue();
        assertThat(config.isInGroups(List.of("cpu"))).isFalse();
        assertThat(config.isInGroups(List.of())).isTrue();
        ResourceConfig gpu = config.inGroups(List.of("gpu"));
        assertThat(gpu.hosts()).containsExactly("algo-3", "algo-4");
        assertThat(gpu.index()).isZero();
        assertThat(config.inGroups(List.of("gpu", "cpu")).index()).isEqualTo(2);
        assertThat(config.inGroups(List.of())).isSameAs(config);
        assertThatThrownBy(() -> config.inGroups(List.of("cpu"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> config.inGroups(List.of("gpu", "tpu"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> config.isInGroups(List.of("tpu")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[cpu, gpu], but got [tpu]");

        config.write(directory);
        ResourceConfig again = ResourceConfig.read(directory);
        assertThat(again).hasToString(config.toString());
        assertThat(again.groups()).isEqualTo(config.groups());
    }

    @Test
    void theGroupAndTheHostsAreFoundByTheGroupsWhereTheyAreMissing() throws Exception {
        write("{\"current_host\":\"b\",\"instance_groups\":[{\"instance_group_name\":\"g\",\"hosts\":[\"a\"]},"
                + "{\"instance_group_name\":\"h\",\"hosts\":[\"b\"]}]}");
        ResourceConfig config = ResourceConfig.read(directory);
        assertThat(config.currentGroup()).isEqualTo("h");
        assertThat(config.hosts()).containsExactly("a", "b");
        assertThat(config.index()).isEqualTo(1);
    }

    private Path file() {
        return directory.resolve("resourceconfig.json");
    }

    private void write(String json) throws IOException {
        Files.writeString(file(), json);
    }
}

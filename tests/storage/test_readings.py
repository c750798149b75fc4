"""Readings of a file: stored once, found again, handed over; and tables of older stores, read as they always were."""

import json

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from slalom.catalogue.datasets import Csv
from slalom.catalogue.datasets.uploads import describe_upload
from slalom.errors import SpecError
from slalom.settings import Limits
from slalom.storage import schema
from slalom.storage.store import Store

TABLE = b"a,b,kind\n1,2,x\n3,5,y\n4,4,x\n"


def add(store, content=TABLE):
    about, reading = describe_upload(content, Limits())
    return store.datasets.add("t", "csv", json.dumps(about), content, "here", reading)


def test_another_reading_shares_the_file_and_is_found_again(store):
    first = add(store)
    one = store.datasets.get(first)
    second, new = store.datasets.add_reading(one, "{}", '{"target": "a"}', "here")
    assert (new, store.datasets.add_reading(one, "{}", '{"target": "a"}')) == (True, (second, False))
    assert store.datasets.add_reading(store.datasets.get(second), "{}", one.reading) == (first, False)
    assert store.datasets.file(second) == (TABLE, '{"target": "a"}')
    assert store.datasets.get(second).source == first
    assert store.quota.taken("here") < 2 * (len(TABLE) + 256) + len(one.reading) + len('{"target": "a"}')


def test_a_file_stays_as_long_as_a_reading_of_it_does(store):
    first = add(store)
    others = [store.datasets.add_reading(store.datasets.get(first), "{}", f'{{"target": {i}}}')[0] for i in range(3)]
    taken = store.quota.taken("here")
    store.datasets.delete(first)
    assert [store.datasets.get(id).source for id in others] == [None, others[0], others[0]]
    assert [store.datasets.file(id).text for id in others] == [TABLE] * 3
    assert store.quota.taken("here") < taken
    for id in others:
        store.datasets.delete(id)
    assert store.datasets.list() == []
    with pytest.raises(SpecError, match="There is no dataset"):
        store.datasets.file(first)


HEADER, NO_HEADER = "The first row names the columns.", "The columns have no names."
COUNTED = f"{HEADER} The first column only counts the rows and is left out."
OLD = {
    "a counter without a name": (
        b",x,y\n0,3,a\n1,5,b\n2,4,a\n",
        COUNTED,
        2,
        "classes",
        [[3], [5], [4]],
        ["a", "b", "a"],
    ),
    "a counter with a name was an input": (
        b"Id,x,y\n1,3,a\n2,5,b\n",
        HEADER,
        3,
        "classes",
        [[1, 3], [2, 5]],
        ["a", "b"],
    ),
    "points and decimal commas": (
        b"x;y\n1,5;1.000\n2.5;2.000\n3;1.000\n",
        HEADER,
        2,
        "classes",
        [[1.5], [2.5], [3]],
        ["1", "2", "1"],
    ),
    "words for missing values were classes": (
        b"1,None\n2,nil\n3,None\n",
        NO_HEADER,
        2,
        "classes",
        [[1], [2], [3]],
        ["None", "nil", "None"],
    ),
    "a constant was an input": (b"a,b,y\n7,1,0.5\n7,2,1.5\n", HEADER, 3, "numbers", [[7, 1], [7, 2]], [0.5, 1.5]),
    "the last column was predicted": (b"target,x\n7,1.5\n8,2.5\n", HEADER, 2, "numbers", [[7], [8]], [1.5, 2.5]),
    "money was words": (b"x,y\n1,$5\n2,$10\n3,$5\n", HEADER, 2, "classes", [[1], [2], [3]], ["$5", "$10", "$5"]),
    "a header that looks like a remark": (b"#x,y\n1,a\n2,b\n", HEADER, 2, "classes", [[1], [2]], ["a", "b"]),
    "tabs": (b"1\t2\ta\n3\t4\tb\n", NO_HEADER, 3, "classes", [[1, 2], [3, 4]], ["a", "b"]),
    "utf-16": ("größe,y\n1,2.5\n3,4\n".encode("utf-16"), HEADER, 2, "numbers", [[1], [3]], [2.5, 4]),
}


@pytest.mark.parametrize("name", OLD)
def test_a_table_of_an_older_store_is_read_as_it_was(tmp_path, name):
    content, said, columns, task, inputs, targets = OLD[name]
    url = f"sqlite:///{tmp_path}/slalom.db"
    engine = create_engine(url)
    about = {"about": f"{len(targets)} rows. {said} The last column: so it is.", "columns": columns, "task": task}
    with engine.begin() as connection:
        schema.migrate(connection, "0003")
        values = {"about": json.dumps(about), "text": content}
        connection.execute(text("INSERT INTO dataset VALUES ('d1', 'n', 'csv', :about, '', :text, '', 300)"), values)
    engine.dispose()
    store = Store.open(url)
    found = Csv(id="d1", scaling="raw", validation=0).load(store.datasets.file)
    store.close()
    assert found.task == task
    np.testing.assert_array_equal(found.inputs, np.array(inputs, float))
    if task == "classes":
        assert [found.classes[code] for code in found.targets] == targets
        assert found.classes == tuple(sorted(set(targets)))
    else:
        assert found.targets[:, 0].tolist() == targets

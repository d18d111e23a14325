// Go's net/http, by the first example of its documentation; and with a time-out for the whole, two more tries, and the
// status checked: net_http plain|patient get|post|calls URL BODY.
// One line of JSON on standard error for each call, as simnet/fronts/matrix/runner.py writes it for Python; of an error
// the chain that errors.Unwrap walks.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

const kind = "text/plain"

func read(reply *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	return io.ReadAll(reply.Body)
}

type statusError int

func (status statusError) Error() string { return fmt.Sprintf("status %d", int(status)) }

// No repeat will change it.
func definitive(err error) bool {
	var status statusError
	return errors.As(err, &status) && status < 500 && status != 408 && status != 425 && status != 429
}

var careful = &http.Client{Timeout: 1500 * time.Millisecond}

func checked(reply *http.Response, err error) ([]byte, error) {
	if err == nil && reply.StatusCode >= 400 {
		reply.Body.Close()
		return nil, statusError(reply.StatusCode)
	}
	return read(reply, err)
}

func patiently(call func() ([]byte, error)) ([]byte, error) {
	for _, pause := range []int{100, 200} {
		if body, err := call(); err == nil || definitive(err) {
			return body, err
		}
		time.Sleep(time.Duration(pause+rand.Intn(pause)) * time.Millisecond)
	}
	return call()
}

func ask(setting, way, url, body string) ([]byte, error) {
	switch setting + " " + way {
	case "plain get":
		return read(http.Get(url))
	case "plain post":
		return read(http.Post(url, kind, strings.NewReader(body)))
	case "patient get":
		return patiently(func() ([]byte, error) { return checked(careful.Get(url)) })
	case "patient post":
		return checked(careful.Post(url, kind, strings.NewReader(body)))
	}
	return nil, fmt.Errorf("plain or patient, get or post; not %s %s", setting, way)
}

type cause struct {
	Type    string `json:"type"`
	Errno   string `json:"errno"`
	Message string `json:"message"`
}

type line struct {
	Call    string  `json:"call"`
	Seconds float64 `json:"seconds"`
	Data    *[]byte `json:"data,omitempty"`
	Error   []cause `json:"error,omitempty"`
}

var names = map[syscall.Errno]string{
	syscall.ECONNREFUSED: "ECONNREFUSED", syscall.ECONNRESET: "ECONNRESET", syscall.EPIPE: "EPIPE",
	syscall.ETIMEDOUT: "ETIMEDOUT", syscall.EHOSTUNREACH: "EHOSTUNREACH", syscall.ENETUNREACH: "ENETUNREACH",
	syscall.EADDRNOTAVAIL: "EADDRNOTAVAIL", syscall.EMFILE: "EMFILE", syscall.ECONNABORTED: "ECONNABORTED",
}

func causes(err error) (found []cause) {
	for ; err != nil; err = errors.Unwrap(err) {
		number, _ := err.(syscall.Errno)
		found = append(found, cause{fmt.Sprintf("%T", err), names[number], err.Error()})
	}
	return
}

func tell(setting, way, url, body string) (failed bool) {
	began := time.Now()
	data, err := ask(setting, way, url, body)
	said := line{Call: way, Seconds: time.Since(began).Seconds(), Error: causes(err)}
	if err == nil {
		said.Data = &data
	}
	told, _ := json.Marshal(said)
	fmt.Fprintln(os.Stderr, string(told))
	return err != nil
}

func main() {
	setting, way, url, body := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	ways, status := []string{way}, 0
	if way == "calls" {
		ways = []string{"get", "post"}
	}
	for number, each := range ways {
		if number > 0 {
			time.Sleep(500 * time.Millisecond)
		}
		if tell(setting, each, url, body) {
			status = 1
		}
	}
	os.Exit(status)
}

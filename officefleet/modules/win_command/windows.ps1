# win_command: a program with its arguments.

function Split-FirstWord([string]$Line) {
    # The program, quoted or not, and the rest as it is
    $text = $Line.Trim()
    if ($text.StartsWith('"')) {
        $end = $text.IndexOf('"', 1)
        if ($end -lt 0) {
            Stop-Module 'the command line has a quotation mark that does not end' @{ rc = 2 }
        }
        return @{ File = $text.Substring(1, $end - 1); Line = $text.Substring($end + 1).Trim() }
    }
    $space = $text.IndexOf(' ')
    if ($space -lt 0) {
        return @{ File = $text; Line = '' }
    }
    return @{ File = $text.Substring(0, $space); Line = $text.Substring($space + 1).Trim() }
}

function Invoke-Module($Arguments) {
    $shown = $Arguments.cmd
    if ($null -ne $Arguments.argv) {
        $shown = @($Arguments.argv | ForEach-Object { ConvertTo-Word $_ }) -join ' '
    }
    $known = Get-CommandRefusal $Arguments
    if ($null -ne $known) {
        $known['cmd'] = $shown
        return $known
    }
    $command = Split-FirstWord $shown
    return Invoke-CommandLine $command.File $command.Line $Arguments $shown
}
